"""FLAC, Ogg Vorbis and WAV in memory, through libsndfile, which the package opens with dlopen"""

import io

DISTRIBUTIONS = ['soundfile']


def check():
    import numpy
    import soundfile

    tone = numpy.sin(2 * numpy.pi * 440 * numpy.arange(4410) / 44100)
    found = []
    for name in ['FLAC', 'OGG', 'WAV']:
        file = io.BytesIO()
        soundfile.write(file, tone, 44100, format=name)
        file.seek(0)
        samples, rate = soundfile.read(file)
        assert abs(samples - tone).max() < 0.1
        found.append([name, rate, len(samples)])
    return [found, soundfile.__libsndfile_version__]
