"""tables, compute functions, Parquet, datasets, compression, a Flight call over loopback"""

import io

DISTRIBUTIONS = ['pyarrow']


def check():
    import pyarrow as pa
    import pyarrow.acero
    import pyarrow.compute as pc
    import pyarrow.csv
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    table = pa.table({'shop': ['a', 'b', 'a'], 'sold': [3, 5, 7]})
    totals = table.group_by('shop').aggregate([('sold', 'sum')]).sort_by('shop')
    sizes = []
    for codec in ['snappy', 'gzip', 'zstd', 'brotli', 'lz4']:
        file = io.BytesIO()
        pq.write_table(table, file, compression=codec)
        file.seek(0)
        assert pq.read_table(file).equals(table)
        sizes.append(codec)
    filtered = ds.dataset(table).to_table(filter=pc.field('sold') > 4)
    read = pyarrow.csv.read_csv(io.BytesIO(b'a,b\n1,x\n'))
    return [totals.to_pydict(), filtered.to_pydict(), read.to_pydict(), sizes, _flight(table)]


def _flight(table):
    """Sends a table through a server in another thread of this process."""
    import pyarrow.flight as flight

    class Server(flight.FlightServerBase):
        def do_get(self, context, ticket):
            return flight.RecordBatchStream(table)

    with Server('grpc://127.0.0.1:0') as server:
        with flight.connect(('127.0.0.1', server.port)) as client:
            return client.do_get(flight.Ticket(b'')).read_all().to_pydict()
