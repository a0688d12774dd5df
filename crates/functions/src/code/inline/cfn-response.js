'use strict';
// Tells CloudFormation what became of a custom resource, as the module that Lambda puts beside inline code does.

const http = require('http');
const https = require('https');

exports.SUCCESS = 'SUCCESS';
exports.FAILED = 'FAILED';

exports.send = (event, context, status, data, physicalResourceId, noEcho) => {
  const body = JSON.stringify({
    Status: status,
    Reason: `See the log stream ${context.logStreamName}`,
    PhysicalResourceId: physicalResourceId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: data,
  });
  const url = new URL(event.ResponseURL);
  // The address is signed without a content type.
  const headers = { 'content-type': '', 'content-length': Buffer.byteLength(body) };
  const request = (url.protocol === 'http:' ? http : https).request(url, { method: 'PUT', headers }, (response) => {
    console.log('told CloudFormation:', response.statusCode);
    response.resume();
    context.done();
  });
  request.on('error', (error) => {
    console.log('CloudFormation could not be told:', error.message);
    context.done();
  });
  request.end(body);
};
