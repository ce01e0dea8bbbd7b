// ws and ioredis, one process: node ws_on_node.js PORT REDIS_URL CHANNEL
const { WebSocketServer } = require("ws");
const Redis = require("ioredis");

const [port, redisUrl, channel] = process.argv.slice(2);
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(port), backlog: 4096 });
const redis = new Redis(redisUrl);

redis.subscribe(channel);
redis.on("message", (_, text) => {
  for (const subscriber of server.clients) {
    if (subscriber.readyState === 1) subscriber.send(text);
  }
});
