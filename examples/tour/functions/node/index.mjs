export const handler = async (event, context) => {
  // `event` is the request; logged text becomes a log line that carries the request's id.
  console.log("greeting", event.pathParameters.name);
  // `context` is the invocation: its id, its deadline, the function.
  return {
    statusCode: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      message: `${process.env.GREETING}, ${event.pathParameters.name}!`,
      from: context.functionName,
      milliseconds_left: context.getRemainingTimeInMillis(),
    }),
  };
};
