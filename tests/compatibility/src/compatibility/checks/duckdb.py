"""SQL over tables in memory, over a pandas frame and an Arrow table"""

DISTRIBUTIONS = ['duckdb']


def check():
    import duckdb
    import pandas
    import pyarrow

    with duckdb.connect(':memory:', config={'threads': 2}) as connection:
        connection.execute('CREATE TABLE t AS SELECT range AS n, range % 7 AS k FROM range(100000)')
        rows = connection.execute('SELECT k, sum(n) FROM t GROUP BY k ORDER BY k').fetchall()
        connection.register('frame', pandas.DataFrame({'k': [1, 2], 'name': ['x', 'y']}))
        connection.register('arrow', pyarrow.table({'k': [2], 'more': [1.5]}))
        joined = connection.execute(
            'SELECT name, more, count(*) FROM t JOIN frame USING (k) LEFT JOIN arrow USING (k) '
            'GROUP BY ALL ORDER BY name'
        ).fetchall()
        connection.create_function('double', lambda n: n * 2, ['BIGINT'], 'BIGINT')
        return [
            [str(row) for row in rows],
            str(joined),
            connection.execute('SELECT double(21)').fetchone(),
        ]
