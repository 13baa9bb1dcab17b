/** What the tests made of the sampled changes of one module, from Stryker's JSON report. */
export function outcomeOf(report) {
  const changes = Object.entries(report.files).flatMap(([file, { source, mutants }]) =>
    mutants.map((mutant) => ({ file, source, ...mutant })),
  );
  const timedOut = changes.filter(({ status }) => status === 'Timeout').length;
  const noticed = changes.filter(({ status }) => status === 'Killed').length + timedOut;
  const survivors = changes.filter(({ status }) => status === 'Survived' || status === 'NoCoverage').map(survivorOf);
  return { noticed, timedOut, survivors };
}

function survivorOf({ file, source, location: { start, end }, mutatorName, replacement }) {
  const from = offsetOf(source, start);
  const to = offsetOf(source, end);
  return {
    file,
    place: `${file}:${start.line}:${start.column}`,
    line: source.split('\n')[start.line - 1].trim(),
    mutator: mutatorName,
    original: source.slice(from, to),
    replacement,
    changed: source.slice(0, from) + replacement + source.slice(to),
  };
}

// Lines and columns of the report begin at 1.
function offsetOf(source, { line, column }) {
  const before = source.split('\n').slice(0, line - 1);
  return before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
}

/** Whether a survivor is one of those that change nothing which can be seen. */
export function isEquivalent({ file, line, replacement }, equivalent) {
  return equivalent.some((known) => known.file === file && known.line === line && known.replacement === replacement);
}

/** Percentage of the changes that were noticed, of those that can be. */
export function scoreOf({ noticed, survivors }) {
  const all = noticed + survivors.length;
  return all === 0 ? 100 : (100 * noticed) / all;
}

/** One line for a survivor, as it is printed. */
export function describe({ place, mutator, original, replacement }) {
  const short = (text) => {
    const line = text.replace(/\s+/g, ' ');
    return line.length > 70 ? `${line.slice(0, 67)}…` : line;
  };
  return `${place} ${mutator}: ${short(original)} → ${short(replacement)}`;
}
