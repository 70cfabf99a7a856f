"""an event loop with a TCP server, timers and threads"""

import asyncio

DISTRIBUTIONS = ['uvloop']


def check():
    import uvloop

    return uvloop.run(_talk())


async def _talk():
    async def answer(reader, writer):
        writer.write((await reader.readline()).upper())
        writer.close()

    server = await asyncio.start_server(answer, '127.0.0.1', 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b'text\n')
    line = await reader.readline()
    writer.close()
    server.close()
    await asyncio.sleep(0.01)
    number = await asyncio.to_thread(sum, range(10))
    return [line.decode(), number, type(asyncio.get_running_loop()).__module__]
