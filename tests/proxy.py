"""A proxy such as stands between a jump box and the world: it tunnels, wants a password, or says no."""

from __future__ import annotations

import base64
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PASSWORD = "pass word/1"
"""Needs quoting in an address, as good passwords do."""


class Proxy(socketserver.ThreadingTCPServer):
    """``status``: what every CONNECT is answered with; 200 tunnels, 407 tunnels for whoever knows :data:`PASSWORD`."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.status = status
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Conversation(socketserver.StreamRequestHandler):
    server: Proxy

    def handle(self) -> None:
        head = [self.rfile.readline().decode().strip()]
        while head[-1]:
            head.append(self.rfile.readline().decode().strip())
        target = head[0].split(" ")[1]
        self.server.asked.append(target)
        known = "Basic " + base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
        if self.server.status == 200 or (self.server.status == 407 and f"Proxy-Authorization: {known}" in head):
            host, _, port = target.rpartition(":")
            with socket.create_connection((host, int(port)), 30) as other:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _tunnel(self.connection, other)
            return
        words = {407: "Proxy Authentication Required", 403: "Forbidden"}[self.server.status]
        self.wfile.write(f"HTTP/1.1 {self.server.status} {words}\r\nContent-Length: 0\r\n\r\n".encode())


def _tunnel(one: socket.socket, other: socket.socket) -> None:
    while True:
        for source in select.select([one, other], [], [])[0]:
            piece = source.recv(65536)
            if not piece:
                return
            (other if source is one else one).sendall(piece)


@contextmanager
def proxy(status: int = 200) -> Iterator[Proxy]:
    """A running one."""
    with Proxy(status) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        try:
            yield running
        finally:
            running.shutdown()
