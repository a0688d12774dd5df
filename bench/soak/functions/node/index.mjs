// The soak counts it up.
export const generation = 0;

export const echo = async (event) => ({ statusCode: 200, body: `node ${event.pathParameters.n}` });
