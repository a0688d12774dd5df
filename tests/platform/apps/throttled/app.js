// An API that limits its callers, and the workers that call it: queue, topic, schedule and Redis.
const path = require('path');
const cdk = require('@aws-cdk/core');
const apigateway = require('@aws-cdk/aws-apigateway');
const ec2 = require('@aws-cdk/aws-ec2');
const elasticache = require('@aws-cdk/aws-elasticache');
const events = require('@aws-cdk/aws-events');
const targets = require('@aws-cdk/aws-events-targets');
const lambda = require('@aws-cdk/aws-lambda');
const sources = require('@aws-cdk/aws-lambda-event-sources');
const logs = require('@aws-cdk/aws-logs');
const sns = require('@aws-cdk/aws-sns');
const subscriptions = require('@aws-cdk/aws-sns-subscriptions');
const sqs = require('@aws-cdk/aws-sqs');

const app = new cdk.App({ treeMetadata: false });
const stack = new cdk.Stack(app, 'throttled-dev');

const vpc = new ec2.Vpc(stack, 'Vpc', { maxAzs: 1 });
const subnets = new elasticache.CfnSubnetGroup(stack, 'RedisSubnets', {
  description: 'where Redis is',
  subnetIds: vpc.privateSubnets.map((subnet) => subnet.subnetId),
});
const redis = new elasticache.CfnCacheCluster(stack, 'Redis', {
  cacheNodeType: 'cache.t2.micro',
  engine: 'redis',
  numCacheNodes: 1,
  cacheSubnetGroupName: subnets.ref,
  vpcSecurityGroupIds: [vpc.vpcDefaultSecurityGroup],
});
redis.addDependsOn(subnets);
const group = ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', vpc.vpcDefaultSecurityGroup);

const dead = new sqs.Queue(stack, 'DeadJobs');
const jobs = new sqs.Queue(stack, 'Jobs', {
  visibilityTimeout: cdk.Duration.seconds(120),
  deadLetterQueue: { queue: dead, maxReceiveCount: 3 },
});
const notices = new sns.Topic(stack, 'Notices');

const code = lambda.Code.fromAsset(path.join(__dirname, 'functions'));
const layer = new lambda.LayerVersion(stack, 'Cache', {
  code: lambda.Code.fromAsset(path.join(__dirname, 'layer')),
  compatibleRuntimes: [lambda.Runtime.PYTHON_3_9],
  description: 'a client of Redis',
});
const make = (id, module, more) => new lambda.Function(stack, id, {
  code,
  handler: `${module}.handler`,
  runtime: lambda.Runtime.PYTHON_3_9,
  layers: [layer],
  tracing: lambda.Tracing.ACTIVE,
  logRetention: logs.RetentionDays.FIVE_DAYS,
  vpc,
  securityGroups: [group],
  ...more,
  environment: {
    REDIS_ADDRESS: redis.attrRedisEndpointAddress,
    REDIS_PORT: redis.attrRedisEndpointPort,
    ...(more || {}).environment,
  },
});

const external = make('ExternalApi', 'external_api', { reservedConcurrentExecutions: 20 });
const api = new apigateway.RestApi(stack, 'Api', { restApiName: 'external', description: 'the API that limits its callers' });
api.root.addMethod('ANY', new apigateway.LambdaIntegration(external));
api.root.addProxy({ defaultIntegration: new apigateway.LambdaIntegration(external) });

const worker = make('Worker', 'worker', {
  timeout: cdk.Duration.seconds(60),
  reservedConcurrentExecutions: 1,
  environment: { API_HOST_URL: api.url, NOTICES_TOPIC: notices.topicArn },
});
worker.addEventSource(new sources.SqsEventSource(jobs, { batchSize: 1 }));
notices.grantPublish(worker);

const taskMaster = make('TaskMaster', 'task_master', {
  timeout: cdk.Duration.seconds(60),
  environment: { JOBS_URL: jobs.queueUrl },
});
jobs.grantSendMessages(taskMaster);

const orchestrator = make('Orchestrator', 'orchestrator', {
  timeout: cdk.Duration.seconds(120),
  environment: { TASK_MASTER_ARN: taskMaster.functionArn },
});
taskMaster.grantInvoke(orchestrator);

const notify = make('Notify', 'notify');
notices.addSubscription(new subscriptions.LambdaSubscription(notify));
notices.addSubscription(new subscriptions.EmailSubscription('ops@throttled.example'));

new events.Rule(stack, 'Hourly', {
  schedule: events.Schedule.rate(cdk.Duration.hours(1)),
  targets: [new targets.LambdaFunction(taskMaster), new targets.LambdaFunction(orchestrator)],
});

new cdk.CfnOutput(stack, 'RedisAddress', { value: redis.attrRedisEndpointAddress });
app.synth();
