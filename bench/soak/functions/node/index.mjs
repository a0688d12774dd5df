export const echo = async (event) => ({ statusCode: 200, body: `node ${event.pathParameters.n}` });
