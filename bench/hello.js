// The yardstick for functions: an HTTP server without a platform around it.
const server = require("node:http").createServer((_, response) => {
  response.writeHead(200, { "content-type": "text/plain" });
  response.end("version 0");
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
