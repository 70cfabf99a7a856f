"""a unary and a streaming call over loopback between two ends in one process"""

from concurrent.futures import ThreadPoolExecutor

DISTRIBUTIONS = ['grpcio']


def check():
    import grpc

    class Handler(grpc.GenericRpcHandler):
        def service(self, details):
            if details.method == '/matrix/Upper':
                return grpc.unary_unary_rpc_method_handler(lambda data, _: data.upper())
            return grpc.unary_stream_rpc_method_handler(lambda data, _: iter([data, data]))

    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers([Handler()])
    port = server.add_insecure_port('127.0.0.1:0')
    server.start()
    with grpc.insecure_channel(f'127.0.0.1:{port}') as channel:
        upper = channel.unary_unary('/matrix/Upper')(b'text', timeout=30)
        twice = list(channel.unary_stream('/matrix/Twice')(b'x', timeout=30))
    server.stop(0).wait()
    return [upper.decode(), len(twice)]
