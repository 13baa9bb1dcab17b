import { attempt, describeFailure } from '../failure.ts';
import { field, parsed } from '../json.ts';
import type { Host, World } from '../ports.ts';
import { version } from '../product.ts';
import { type Metric, metrics, type Sample, samplesOf } from '../report/metrics.ts';
import type { RefreshReport } from '../report/report.ts';
import { visibleText } from '../text/escape.ts';
import { postJson } from './post.ts';

/** Where metrics of a run are sent, by OTLP over HTTP. */
export interface TelemetrySettings {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

const title = 'the OTLP endpoint';
// OTLP specification, "Retryable Response Codes".
const retryable: readonly number[] = [429, 502, 503, 504];

/** Sends the metrics of a run; what is not taken is a warning, for the run has ended as it has. */
export async function sendMetrics(
  { host, world }: { readonly host: Host; readonly world: World },
  { url, headers }: TelemetrySettings,
  report: RefreshReport,
): Promise<void> {
  const body = JSON.stringify(metricsRequest(report, world.env));
  const what = 'the metrics';
  const isPassing = (status: number) => retryable.includes(status);
  const sent = await attempt(title, () => postJson(world, { title, what, url, body, headers, isPassing }));
  if (sent.kind === 'failed') return host.log('warning', describeFailure(sent.failure));
  // OTLP specification, "Partial Success": it is not sent again.
  const partial = field(parsed(sent.value), 'partialSuccess');
  const rejected = Number(field(partial, 'rejectedDataPoints') ?? 0);
  if (!(rejected > 0)) return;
  const why = visibleText(String(field(partial, 'errorMessage') ?? ''), 300);
  host.log('warning', `${title}: did not take ${rejected} data points${why === '' ? '' : ` (${why})`}.`);
}

/** The request of opentelemetry-proto's metrics service, in the JSON encoding of protobuf: keys in lower camel case, 64-bit numbers as text. */
export function metricsRequest(report: RefreshReport, env: World['env']): object {
  const timeUnixNano = `${BigInt(Date.parse(report.finishedAt)) * 1_000_000n}`;
  const repository = env.GITHUB_REPOSITORY ?? env.BUILD_REPOSITORY_NAME;
  const resource = {
    'service.name': 'base-image-refresh',
    'service.version': version,
    ...(repository === undefined ? {} : { 'vcs.repository.name': repository }),
  };
  const found = metrics.flatMap((metric) => {
    const samples = samplesOf(metric, report);
    return samples.length === 0 ? [] : [metricOf(metric, samples, timeUnixNano)];
  });
  return {
    resourceMetrics: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeMetrics: [{ scope: { name: 'base-image-refresh', version }, metrics: found }],
      },
    ],
  };
}

// A collector that hands on to Prometheus makes of these names and units those of metrics.prom.
function metricOf({ name, help, unit }: Metric, samples: readonly Sample[], timeUnixNano: string): object {
  const dataPoints = samples.map(([labels, value]) => ({
    attributes: attributesOf(labels),
    timeUnixNano,
    ...(Number.isSafeInteger(value) ? { asInt: String(value) } : { asDouble: value }),
  }));
  const measured = unit === undefined ? {} : { unit: 's' };
  return { name: `base_image_refresh.${name}`, description: help, ...measured, gauge: { dataPoints } };
}

function attributesOf(values: Readonly<Record<string, string>>): readonly object[] {
  return Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}
