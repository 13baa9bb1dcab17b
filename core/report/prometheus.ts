import { type Labels, metrics, samplesOf } from './metrics.ts';
import type { RefreshReport } from './report.ts';

const prefix = 'base_image_refresh_';

/** A report in the text format 0.0.4 of Prometheus, for a textfile collector or a Pushgateway; it has no timestamps. */
export function* renderPrometheus(report: RefreshReport): Generator<string> {
  for (const metric of metrics) {
    const found = samplesOf(metric, report);
    if (found.length === 0) continue;
    const name = `${prefix}${metric.name}${metric.unit === undefined ? '' : `_${metric.unit}`}`;
    yield `# HELP ${name} ${metric.help}\n# TYPE ${name} gauge\n`;
    for (const [labels, value] of found) yield `${name}${labelsText(labels)} ${value}\n`;
  }
}

function labelsText(labels: Labels): string {
  const written = Object.entries(labels).map(([name, value]) => `${name}="${labelValue(value)}"`);
  return `{${written.join(',')}}`;
}

// Exposition formats, "Comments, help text, and type information": \, " and line feeds are escaped.
function labelValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
