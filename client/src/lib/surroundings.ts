/** The browser's own sockets, clock and chance for `BoardSocket`, and the events that wake it. */
import type { BoardSocket, Surroundings, Wire } from "./socket";

export const browserSurroundings: Surroundings = {
  open: (address, subprotocol) => wrap(new WebSocket(address, subprotocol)),
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
  isOnline: () => navigator.onLine,
};

/** Tell the socket when the network or the page comes and goes; returns what stops that. */
export function watchBrowser(socket: BoardSocket): () => void {
  const looked = () => {
    if (document.visibilityState === "visible") socket.wake();
  };
  const online = () => socket.wake();
  const offline = () => socket.suspect();
  document.addEventListener("visibilitychange", looked);
  window.addEventListener("online", online);
  window.addEventListener("offline", offline);
  return () => {
    document.removeEventListener("visibilitychange", looked);
    window.removeEventListener("online", online);
    window.removeEventListener("offline", offline);
  };
}

function wrap(socket: WebSocket): Wire {
  const wire: Wire = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.close(),
  };
  socket.onopen = () => wire.onopen?.();
  socket.onmessage = (message: MessageEvent<unknown>) => wire.onmessage?.(message);
  socket.onclose = (closed) => wire.onclose?.(closed);
  return wire;
}
