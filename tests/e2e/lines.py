"""A browser's line to the server, to cut and to mend while the shell can still be loaded."""

import re
from typing import Any

from playwright.sync_api import Page, Route, WebSocketRoute


class Line:
    """Made before the page is loaded whose requests and sockets it shall carry."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.is_cut = False
        self._sockets: list[WebSocketRoute] = []
        page.context.route("**/api/**", self._answer)
        page.context.route_web_socket(re.compile("/socket/"), self._open)

    def cut(self) -> None:
        """Nothing gets through any more, and open sockets close."""
        self.is_cut = True
        for socket in self._sockets:
            socket.close()
        self._sockets.clear()

    def mend(self) -> None:
        """Everything gets through, and the browser hears of it."""
        self.is_cut = False
        self.page.evaluate("window.dispatchEvent(new Event('online'))")

    def _answer(self, route: Route) -> None:
        if self.is_cut:
            route.abort()
        else:
            route.continue_()

    def _open(self, socket: WebSocketRoute) -> None:
        if self.is_cut:
            socket.close()
        else:
            socket.connect_to_server()
            self._sockets.append(socket)


def kept_boards(page: Page) -> Any:
    """How many boards this browser keeps for reading while the server is away."""
    return page.evaluate(COUNT_BOARDS)


COUNT_BOARDS = """() => new Promise((resolve, reject) => {
  const request = indexedDB.open("sprintwall");
  request.onerror = () => reject(request.error);
  request.onupgradeneeded = () => request.transaction.abort();
  request.onsuccess = () => {
    const database = request.result;
    const count = database.transaction("boards").objectStore("boards").count();
    count.onsuccess = () => {
      database.close();
      resolve(count.result);
    };
  };
}).catch(() => 0)"""
