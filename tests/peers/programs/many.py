# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "click==8.5.1",
#     "httpx==0.28.1",
#     "jinja2==3.1.6",
#     "rich==15.0.0",
# ]
# ///
"""A command-line tool that imports about as much as usual ones do, and does a little of everything.

It prepares requests, but sends none: what is measured is the program, not the network.
"""

import asyncio
import csv
import hashlib
import io
import json
import sys
import tomllib
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree

import click
import httpx
import jinja2
from rich.console import Console
from rich.table import Table

SETTINGS = """
title = 'Orders'
[[order]]
name = 'tea'
price = '4.20'
[[order]]
name = 'cups'
price = '12.05'
"""
TEMPLATE = '{{ title }}: {% for order in orders %}{{ order.name }} {% endfor %}'
ADDRESS = 'https://example.invalid/orders'


async def prepare(orders):
    """Makes the request that httpx would send."""
    return httpx.Request('POST', ADDRESS, params={'page': 1}, json=orders)


def show(orders):
    """A table as rich prints it, without colours."""
    table = Table('name', 'price')
    for order in orders:
        table.add_row(order['name'], order['price'])
    text = io.StringIO()
    Console(file=text, width=40, color_system=None).print(table)
    return text.getvalue()


def digest(orders):
    """A hash of the orders as CSV, JSON and XML."""
    rows = io.StringIO()
    csv.writer(rows).writerows(order.values() for order in orders)
    root = ElementTree.Element('orders')
    for order in orders:
        ElementTree.SubElement(root, 'order', order)
    parts = [rows.getvalue(), json.dumps(orders), ElementTree.tostring(root, encoding='unicode')]
    return hashlib.sha256(''.join(parts).encode()).hexdigest()[:16]


@click.command()
@click.option('--modules', is_flag=True, help='Print how many modules are imported.')
def main(modules):
    """Shows some orders."""
    settings = tomllib.loads(SETTINGS)
    orders = settings['order']
    click.echo(jinja2.Template(TEMPLATE).render(title=settings['title'], orders=orders))
    click.echo(show(orders), nl=False)
    click.echo(f'sum {sum(Decimal(order["price"]) for order in orders)}, digest {digest(orders)}')
    request = asyncio.run(prepare(orders))
    click.echo(f'{request.url} {request.headers["content-length"]}')
    click.echo(datetime(2020, 1, 1, tzinfo=UTC).isoformat())
    if modules:
        click.echo(len(sys.modules))


if __name__ == '__main__':
    main()
