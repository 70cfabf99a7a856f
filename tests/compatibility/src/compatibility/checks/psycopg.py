"""libpq asked for its version and to parse options; an identifier quoted; a refused connection"""

DISTRIBUTIONS = ['psycopg', 'psycopg-binary']


def check():
    import psycopg
    from psycopg import pq, sql

    assert pq.__impl__ == 'binary'
    query = sql.SQL('SELECT {} FROM {}').format(sql.Literal("o'k"), sql.Identifier('a"b'))
    info = psycopg.conninfo.conninfo_to_dict('host=127.0.0.1 port=1 connect_timeout=2')
    try:
        psycopg.connect(**info, user='nobody', dbname='none')
    except psycopg.OperationalError as error:
        refused = 'Connection refused' in str(error)
    options = pq.Conninfo.parse(b"host=there dbname='two words'")
    given = {option.keyword.decode(): option.val.decode() for option in options if option.val}
    return [pq.version(), query.as_string(None), given, refused]
