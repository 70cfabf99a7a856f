"""a lazy query with groups and a join, SQL, Parquet in memory"""

import io

DISTRIBUTIONS = ['polars', 'polars-runtime-32']


def check():
    import polars as pl

    frame = pl.DataFrame({'shop': ['a', 'b', 'a'], 'sold': [3, 5, 7]})
    names = pl.LazyFrame({'shop': ['a', 'b'], 'name': ['Aachen', 'Bonn']})
    query = frame.lazy().group_by('shop').agg(pl.col('sold').sum(), pl.len().alias('days'))
    joined = query.join(names, on='shop').sort('shop').collect()
    file = io.BytesIO()
    joined.write_parquet(file)
    file.seek(0)
    assert pl.read_parquet(file).equals(joined)
    sql = pl.SQLContext(frame=frame).execute('SELECT max(sold) AS m FROM frame').collect()
    return [joined.to_dicts(), sql.item(), str(frame)]
