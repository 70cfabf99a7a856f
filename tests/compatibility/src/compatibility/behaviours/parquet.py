"""pandas writes and reads Parquet and Feather through pyarrow, and takes Arrow's types"""

import io


def check():
    import pandas

    frame = pandas.DataFrame(
        {
            'n': [1, 2, 3],
            'text': ['ä', None, 'c'],
            'day': pandas.to_datetime(['2025-01-01', '2025-01-02', None]),
            'kind': pandas.Categorical(['x', 'y', 'x']),
        }
    )
    for write, read in [('to_parquet', pandas.read_parquet), ('to_feather', pandas.read_feather)]:
        file = io.BytesIO()
        getattr(frame, write)(file)
        file.seek(0)
        pandas.testing.assert_frame_equal(read(file), frame)
    arrow = frame.convert_dtypes(dtype_backend='pyarrow')
    return [str(arrow.dtypes['text']), int(arrow['n'].sum())]
