"""request and reply over loopback, through encrypted sockets"""

DISTRIBUTIONS = ['pyzmq']


def check():
    import zmq

    with zmq.Context() as context:
        server, client = context.socket(zmq.REP), context.socket(zmq.REQ)
        public, private = zmq.curve_keypair()
        server.curve_server, server.curve_secretkey, server.curve_publickey = True, private, public
        client.curve_serverkey = public
        client.curve_publickey, client.curve_secretkey = zmq.curve_keypair()
        port = server.bind_to_random_port('tcp://127.0.0.1')
        client.connect(f'tcp://127.0.0.1:{port}')
        client.send_json({'a': 1})
        server.send_string(server.recv_string().upper())
        reply = client.recv_string()
        server.close()
        client.close()
    return [reply, zmq.zmq_version(), zmq.has('curve')]
