"""A web application that greets whoever asks: `hello_web PORT`."""

# /// script
# requires-python = ">=3.11"
# dependencies = ["flask==3.1.1"]
# ///

import sys
import wsgiref.simple_server

import flask

application = flask.Flask(__name__)


@application.get("/hello/<name>")
def hello(name):
    return flask.render_template_string("<p>Hello, {{ name }}!</p>\n", name=name)


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    server = wsgiref.simple_server.make_server("127.0.0.1", port, application)
    print(f"http://127.0.0.1:{server.server_port}/hello/you", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
