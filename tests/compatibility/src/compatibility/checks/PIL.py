"""text drawn with FreeType; PNG, JPEG, WebP, AVIF, TIFF, JPEG 2000 written and read"""

import hashlib
import io

DISTRIBUTIONS = ['pillow']


def check():
    from PIL import Image, ImageDraw, ImageFilter, ImageFont, features

    image = Image.new('RGB', (120, 40), 'white')
    font = ImageFont.load_default(18)
    ImageDraw.Draw(image).text((4, 6), 'äffin', font=font, fill='navy')
    digests = [hashlib.sha256(image.filter(ImageFilter.GaussianBlur(2)).tobytes()).hexdigest()]
    for name in ['PNG', 'JPEG', 'WEBP', 'AVIF', 'TIFF', 'JPEG2000']:
        file = io.BytesIO()
        image.save(file, name)
        loaded = Image.open(io.BytesIO(file.getvalue()))
        loaded.load()
        assert loaded.size == image.size and loaded.format == name
        digests.append(hashlib.sha256(loaded.tobytes()).hexdigest())
    compressed = io.BytesIO()
    image.save(compressed, 'TIFF', compression='tiff_lzw')
    assert Image.open(io.BytesIO(compressed.getvalue())).tobytes() == image.tobytes()
    # Complex layout of text is left out: for it Pillow takes fribidi of the system, if any.
    return [digests, features.get_supported_modules(), features.get_supported_codecs()]
