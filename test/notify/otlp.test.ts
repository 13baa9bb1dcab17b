import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { notifyInputs } from '../../core/notify/inputs.ts';
import { metricsRequest, sendMetrics } from '../../core/notify/otlp.ts';
import { readTelemetry } from '../../core/notify/telemetry-settings.ts';
import { metrics, samplesOf } from '../../core/report/metrics.ts';
import { createSettings } from '../../core/settings/create-settings.ts';
import { createWorld } from '../../core/world.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { sampleImage, sampleReport } from '../support/sample-report.ts';

/** The keys that opentelemetry-proto's messages have in JSON, of what is sent here; any other is refused. */
const messages: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ExportMetricsServiceRequest: { resourceMetrics: 'ResourceMetrics[]' },
  ResourceMetrics: { resource: 'Resource', scopeMetrics: 'ScopeMetrics[]', schemaUrl: 'string' },
  Resource: { attributes: 'KeyValue[]', droppedAttributesCount: 'uint32' },
  ScopeMetrics: { scope: 'InstrumentationScope', metrics: 'Metric[]', schemaUrl: 'string' },
  InstrumentationScope: { name: 'string', version: 'string', attributes: 'KeyValue[]' },
  Metric: { name: 'string', description: 'string', unit: 'string', gauge: 'Gauge' },
  Gauge: { dataPoints: 'NumberDataPoint[]' },
  NumberDataPoint: {
    attributes: 'KeyValue[]',
    startTimeUnixNano: 'fixed64',
    timeUnixNano: 'fixed64',
    asInt: 'sfixed64',
    asDouble: 'double',
  },
  KeyValue: { key: 'string', value: 'AnyValue' },
  AnyValue: { stringValue: 'string' },
};

function misfits(value: unknown, type: string, at = type): readonly string[] {
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return [`${at}: no list`];
    return value.flatMap((item, index) => misfits(item, type.slice(0, -2), `${at}[${index}]`));
  }
  // 64-bit numbers are text in the JSON encoding of protobuf.
  if (type.endsWith('64')) return typeof value === 'string' && /^-?\d{1,19}$/.test(value) ? [] : [`${at}: no ${type}`];
  if (type === 'double') return typeof value === 'number' && Number.isFinite(value) ? [] : [`${at}: no double`];
  if (type === 'string') return typeof value === 'string' ? [] : [`${at}: no string`];
  const fields = messages[type];
  if (fields === undefined || typeof value !== 'object' || value === null) return [`${at}: no ${type}`];
  return Object.entries(value).flatMap(([key, item]) => {
    const field = fields[key];
    return field === undefined ? [`${at}: unknown ${key}`] : misfits(item, field, `${at}.${key}`);
  });
}

const hostile = sampleImage({ name: 'a"b\\c\n\u0000{{x}}', image: null });
const report = { ...sampleReport(), images: [...sampleReport().images, hostile] };

interface Point {
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];
  readonly timeUnixNano: string;
  readonly asInt?: string;
  readonly asDouble?: number;
}

function metricsIn(body: unknown) {
  const { resourceMetrics } = body as {
    resourceMetrics: {
      scopeMetrics: { metrics: { name: string; unit?: string; gauge: { dataPoints: Point[] } }[] }[];
    }[];
  };
  return resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
}

describe('the request', () => {
  const body: unknown = JSON.parse(JSON.stringify(metricsRequest(report, { GITHUB_REPOSITORY: 'acme/shop' })));

  test('has the published shape, whatever a name is', () => {
    expect(misfits(body, 'ExportMetricsServiceRequest')).toEqual([]);
    expect(misfits({ resource_metrics: [] }, 'ExportMetricsServiceRequest')).not.toEqual([]);
  });

  test('has every sample of metrics.prom, at the end of the run', () => {
    const found = metricsIn(body);
    for (const { gauge } of found) {
      for (const point of gauge.dataPoints) {
        expect(point.timeUnixNano).toBe(`${Date.parse(report.finishedAt)}000000`);
        expect(Number(point.asInt !== undefined) + Number(point.asDouble !== undefined)).toBe(1);
      }
    }
    const wanted = metrics.flatMap((metric) => {
      const samples = samplesOf(metric, report);
      return samples.length === 0 ? [] : [[`base_image_refresh.${metric.name}`, samples.map(([, value]) => value)]];
    });
    const values = (points: readonly Point[]) => points.map(({ asInt, asDouble }) => Number(asInt ?? asDouble));
    expect(found.map(({ name, gauge }) => [name, values(gauge.dataPoints)])).toEqual(wanted);
  });

  test('gives times their unit, as OpenTelemetry writes it', () => {
    const units = new Map(metricsIn(body).map(({ name, unit }) => [name, unit]));
    expect(units.get('base_image_refresh.run_duration')).toBe('s');
    expect(units.get('base_image_refresh.images')).toBeUndefined();
  });
});

async function collector(answers: readonly { readonly status: number; readonly body?: string }[]) {
  const got: { readonly path: string | undefined; readonly headers: IncomingHttpHeaders; readonly text: string }[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const answer = answers[Math.min(got.length, answers.length - 1)] ?? { status: 200 };
      got.push({ path: `${request.method} ${request.url}`, headers: request.headers, text });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body ?? '{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { got, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function send(url: string) {
  const host = recordingHost({}, 'github');
  const real = createWorld();
  const world = { ...real, env: {}, sleep: async () => {} };
  const headers = { authorization: 'Bearer s3cret' };
  await sendMetrics({ host, world }, { url: new URL(`${url}/v1/metrics`), headers }, report);
  await real.close();
  return host.logged.map(({ level, message }) => `${level} ${message}`);
}

describe('sending', () => {
  test('posts JSON with the headers that are given', async () => {
    const { got, origin } = await collector([{ status: 200 }]);
    expect(await send(origin)).toEqual([]);
    expect(got).toMatchObject([
      {
        path: 'POST /v1/metrics',
        headers: { 'content-type': 'application/json', authorization: 'Bearer s3cret' },
      },
    ]);
    expect(misfits(JSON.parse(got[0]?.text ?? ''), 'ExportMetricsServiceRequest')).toEqual([]);
  });

  test.each([
    [429, 3],
    [502, 3],
    [503, 3],
    [504, 3],
    [500, 1],
    [400, 1],
    [404, 1],
  ])('after %i it has been sent %i times', async (status, times) => {
    const { got, origin } = await collector([{ status }]);
    expect(await send(origin)).toEqual([
      `warning the OTLP endpoint: answered ${status} to the metrics; look at its address and its rights.`,
    ]);
    expect(got).toHaveLength(times);
  });

  test('what is taken in part is not sent again', async () => {
    const body = JSON.stringify({ partialSuccess: { rejectedDataPoints: '3', errorMessage: 'too old\n::error::x' } });
    const { got, origin } = await collector([{ status: 200, body }]);
    expect(await send(origin)).toEqual(['warning the OTLP endpoint: did not take 3 data points (too old ::error::x).']);
    expect(got).toHaveLength(1);
  });
});

describe('where metrics are sent', () => {
  const read = (
    inputs: Record<string, string>,
    env: Record<string, string> = {},
    command: 'check' | 'detect' = 'check',
  ) => {
    const host = recordingHost(inputs, 'github');
    const { telemetry } = readTelemetry(host, createSettings(host, undefined, notifyInputs), { env }, command);
    const logged = host.logged.map(({ level, message }) => `${level} ${message}`);
    return { to: telemetry?.url.href, headers: telemetry?.headers, secrets: host.secrets, logged };
  };

  test.each<[string, Record<string, string>, Record<string, string>, string | undefined]>([
    ['nowhere by default', {}, {}, undefined],
    ['the input', { 'otlp-endpoint': 'https://otel.example/otlp/' }, {}, 'https://otel.example/otlp/v1/metrics'],
    ['a collector in the clear', { 'otlp-endpoint': 'http://otel:4318' }, {}, 'http://otel:4318/v1/metrics'],
    ['the general variable', {}, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318' }, 'http://otel:4318/v1/metrics'],
    [
      'the variable of metrics, as it is',
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://otel:4318/own' },
      'http://otel:4318/own',
    ],
    [
      'nowhere by gRPC',
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      undefined,
    ],
    [
      'nowhere where it is off',
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1', OTEL_SDK_DISABLED: 'true' },
      undefined,
    ],
    [
      'nowhere where metrics are off',
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1', OTEL_METRICS_EXPORTER: 'none' },
      undefined,
    ],
  ])('%s', (_, inputs, env, wanted) => {
    expect(read(inputs, env).to).toBe(wanted);
  });

  test('the variables are for runs that report', () => {
    expect(read({}, { OTEL_EXPORTER_OTLP_ENDPOINT: 'no address' }, 'detect')).toMatchObject({
      to: undefined,
      logged: [],
    });
  });

  test.each<[string, Record<string, string>, string]>([
    ['is no address', { OTEL_EXPORTER_OTLP_ENDPOINT: 'no address' }, 'OTEL_EXPORTER_OTLP_ENDPOINT: is no address'],
    [
      'would send headers in the clear',
      { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://otel:4318', OTEL_EXPORTER_OTLP_HEADERS: 'api-key=s3cret' },
      'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: is not an https address',
    ],
    [
      'holds what is no header',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel', OTEL_EXPORTER_OTLP_HEADERS: 's3cret' },
      'OTEL_EXPORTER_OTLP_HEADERS: holds what is no header',
    ],
  ])('a variable of the machine that %s ends no run: it is a warning', (_, env, said) => {
    const { to, logged } = read({}, env);
    expect(to).toBeUndefined();
    expect(logged).toEqual([expect.stringContaining(`warning ${said}`)]);
    expect(logged[0]).toContain('The metrics of this run are not sent.');
    expect(logged[0]).not.toContain('s3cret');
  });

  test('the same said by an input is a mistake', () => {
    expect(() => read({ 'otlp-endpoint': 'no address' })).toThrow('otlp-endpoint: is no address');
  });

  test('headers are masked, decoded, and never sent in the clear', () => {
    const inputs = { 'otlp-endpoint': 'https://otel.example', 'otlp-headers': 'Api-Key=a%20b, x=1' };
    expect(read(inputs)).toMatchObject({ headers: { 'api-key': 'a b', x: '1' }, secrets: ['Api-Key=a%20b, x=1'] });
    expect(() => read({ ...inputs, 'otlp-endpoint': 'http://otel.example' })).toThrow('is not an https address');
  });

  test.each(['x', 'x=%0D%0Ay', 'x y=1', 'x=%zz'])('%j is no header, and no message repeats it', (text) => {
    const inputs = { 'otlp-endpoint': 'https://otel.example', 'otlp-headers': text };
    expect(() => read(inputs)).toThrow('otlp-headers: holds what is no header; write it as NAME=VALUE');
  });

  test('headers without an endpoint are a mistake', () => {
    expect(() => read({ 'otlp-headers': 'a=b' })).toThrow('otlp-headers: is given without otlp-endpoint');
  });
});
