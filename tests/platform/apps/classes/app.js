// Who has class when: an HTTP API, three functions with packages of their own, and Redis at a secret address.
const path = require('path');
const cdk = require('aws-cdk-lib');
const { HttpApi, HttpMethod } = require('aws-cdk-lib/aws-apigatewayv2');
const { HttpLambdaIntegration } = require('aws-cdk-lib/aws-apigatewayv2-integrations');
const iam = require('aws-cdk-lib/aws-iam');
const lambda = require('aws-cdk-lib/aws-lambda');

const app = new cdk.App({ treeMetadata: false });
const stack = new cdk.Stack(app, 'classes-main-dev', {
  env: { account: '123456789012', region: 'us-east-1' },
  tags: { app: 'classes', stage: 'dev' },
});

const packages = new lambda.LayerVersion(stack, 'Packages', {
  code: lambda.Code.fromAsset(path.join(__dirname, 'packages.zip')),
  compatibleRuntimes: [lambda.Runtime.PYTHON_3_10],
});
const api = new HttpApi(stack, 'Api', { apiName: 'classes-dev' });

const make = (name) => {
  const made = new lambda.Function(stack, name, {
    functionName: `classes-dev-${name}`,
    code: lambda.Code.fromAsset(path.join(__dirname, 'functions', name)),
    handler: 'index.handler',
    runtime: lambda.Runtime.PYTHON_3_10,
    timeout: cdk.Duration.seconds(20),
    layers: [packages],
    environment: { REDIS_URL_PARAMETER: '/classes/dev/redis_url' },
  });
  made.addToRolePolicy(new iam.PolicyStatement({
    actions: ['ssm:GetParameter'],
    resources: [`arn:aws:ssm:us-east-1:123456789012:parameter/classes/dev/*`],
  }));
  api.addRoutes({
    path: `/${name}`,
    methods: [HttpMethod.POST],
    integration: new HttpLambdaIntegration(`${name}-integration`, made),
  });
};
['register', 'results', 'analyze'].forEach(make);
app.synth();
