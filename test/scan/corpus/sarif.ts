import { documents, image, other, type Variant } from './document.ts';

// SARIF 2.1.0.
const rule = (changes: object = {}) => ({ id: 'CVE-2024-1', properties: { 'security-severity': '9.1' }, ...changes });
const result = (changes: object = {}) => ({ ruleId: 'CVE-2024-1', message: { text: 'a flaw' }, ...changes });
const run = (results: readonly object[], driver: object = {}, tool: object = {}, changes: object = {}) => ({
  tool: { driver: { name: 'scan', rules: [rule()], ...driver }, ...tool },
  results,
  properties: { repoDigests: [image] },
  ...changes,
});
const sarif = (...runs: readonly object[]) => ({ version: '2.1.0', runs });
const place = (uri: string) => ({ physicalLocation: { artifactLocation: { uri } } });
const extension = {
  name: 'more',
  guid: 'g',
  rules: [rule({ id: 'CVE-2024-9', properties: { 'security-severity': '2.0' } })],
};

const noticed = (list: string, level: string) => ({
  invocations: [{ executionSuccessful: true, [list]: [{ level, message: { text: 'a' } }] }],
});

/** Reports of the sarif, and what is wrong with some. */
export const sarifDocuments = documents('sarif', [
  ['one result', sarif(run([result()]))],
  ...['pass', 'notApplicable', 'informational', 'open', 'review', 'fail', 'other'].map(
    (kind): Variant => [`of kind ${kind}`, sarif(run([result({ kind })]))],
  ),
  ...['new', 'unchanged', 'updated', 'absent', 'other'].map(
    (baselineState): Variant => [`that is ${baselineState}`, sarif(run([result({ baselineState })]))],
  ),
  ...[
    [],
    [{}],
    [{ status: 'accepted' }],
    [{ status: 'rejected' }],
    [{ status: 'underReview' }],
    [{ status: 'accepted' }, { status: 'rejected' }],
  ].map(
    (suppressions): Variant => [`suppressed ${JSON.stringify(suppressions)}`, sarif(run([result({ suppressions })]))],
  ),
  ...['error', 'warning', 'note', 'none', undefined].map(
    (level): Variant => [`of level ${level}`, sarif(run([result({ level })], { rules: [{ id: 'CVE-2024-1' }] }))],
  ),
  [
    'a level of its rule',
    sarif(run([result()], { rules: [{ id: 'CVE-2024-1', defaultConfiguration: { level: 'note' } }] })),
  ],
  ['a rule by index', sarif(run([{ ruleIndex: 0, message: {} }]))],
  ['a rule by index of rule', sarif(run([{ rule: { index: 0 }, message: {} }]))],
  ['a rule by id of rule', sarif(run([{ rule: { id: 'CVE-2024-1' }, message: {} }]))],
  ['a rule by its parent', sarif(run([result({ ruleId: 'CVE-2024-1/deep' })]))],
  [
    'a rule of an extension by index',
    sarif(
      run(
        [result({ ruleId: 'CVE-2024-9', rule: { index: 0, toolComponent: { index: 0 } } })],
        {},
        { extensions: [extension] },
      ),
    ),
  ],
  [
    'a rule of an extension by name',
    sarif(
      run(
        [result({ ruleId: 'CVE-2024-9', rule: { toolComponent: { name: 'more' } } })],
        {},
        { extensions: [extension] },
      ),
    ),
  ],
  ['rules null', sarif(run([result()], { rules: null }))],
  [
    'two packages of a rule',
    sarif(run([result()], { rules: [rule({ properties: { purls: ['pkg:npm/a@1', 'pkg:npm/b@1'] } })] })),
  ],
  ['two places', sarif(run([result({ locations: [place('a'), place('b')] })]))],
  ['one place twice', sarif(run([result({ locations: [place('a'), place('a')] })]))],
  ['words of its own', sarif(run([result({ message: { text: 'Package: a\nSeverity: LOW' } })]))],
  [
    'the word of Trivy for a severity that nobody knows',
    sarif(
      run([result({ level: 'note', message: { text: 'Package: a\nSeverity: UNKNOWN' } })], {
        rules: [rule({ properties: { 'security-severity': '0.0' } })],
      }),
    ),
  ],
  ...['Critical', 'Negligible', 'Unknown'].map(
    (word): Variant => [
      `the word ${word} in the help of Grype`,
      sarif(
        run([result({ level: 'note' })], {
          rules: [
            rule({ help: { text: `Severity: ${word}\nPackage: a` }, properties: { 'security-severity': '0.0' } }),
          ],
        }),
      ),
    ],
  ),
  [
    'a word for a score',
    sarif(run([result({ level: 'note' })], { rules: [rule({ properties: { 'security-severity': 'High' } })] })),
  ],
  [
    'a score that is none',
    sarif(run([result({ level: 'note' })], { rules: [rule({ properties: { 'security-severity': '98' } })] })),
  ],
  ['two runs', sarif(run([result()]), run([result({ ruleId: 'CVE-2024-2' })]))],
  ['clean, of Grype', sarif(run([], { name: 'grype' }))],
  ['clean, of Trivy', sarif(run([], { name: 'Trivy' })), { unproven: 'search' }],
  [
    'secrets of Trivy',
    sarif(run([], { name: 'Trivy', rules: [{ id: 'key', name: 'Secret' }] })),
    { unproven: 'search' },
  ],
  ['no image', sarif(run([result()], {}, {}, { properties: null })), { unproven: 'image' }],
  [
    'another image',
    sarif(run([result()], {}, {}, { properties: { repoDigests: [`a@${other}`] } })),
    { refused: 'is of ' },
  ],
  ['no results', sarif(run([result()], {}, {}, { results: undefined })), { refused: 'results' }],
  ['results null', sarif(run([result()], {}, {}, { results: null })), { refused: 'results' }],
  [
    'a run that failed',
    sarif(run([], {}, {}, { invocations: [{ executionSuccessful: false }] })),
    { refused: 'says that it failed' },
  ],
  ...['toolExecutionNotifications', 'toolConfigurationNotifications'].flatMap((list): readonly Variant[] => [
    [`an error among ${list}`, sarif(run([result()], {}, {}, noticed(list, 'error'))), { unproven: 'search' }],
    [`a warning among ${list}`, sarif(run([result()], {}, {}, noticed(list, 'warning')))],
  ]),
  ...['results', 'driver', 'extensions', 'invocations', 'artifacts'].map(
    (part): Variant => [
      `${part} in another file`,
      sarif(run([result()], {}, {}, { externalPropertyFileReferences: { [part]: { location: { uri: 'a.sarif' } } } })),
      { refused: `keeps its ${part} in another file` },
    ],
  ),
  [
    'its thread flow locations in another file',
    sarif(run([result()], {}, {}, { externalPropertyFileReferences: { threadFlowLocations: [] } })),
  ],
  [
    'results outside its runs',
    { ...sarif(run([result()])), inlineExternalProperties: [{ results: [] }] },
    { refused: 'keeps a part of its runs outside them' },
  ],
  ['no runs', sarif(), { refused: 'runs' }],
]);
