import * as v from 'valibot';

const words = v.optional(v.string());
const properties = v.optional(v.record(v.string(), v.unknown()), {});
const message = v.optional(
  v.object({ text: words, markdown: words, id: words, arguments: v.optional(v.array(v.string()), []) }),
  {},
);
const index = v.optional(v.number());

const rule = v.object({
  id: v.optional(v.string(), ''),
  guid: words,
  name: words,
  shortDescription: v.optional(v.object({ text: words })),
  fullDescription: v.optional(v.object({ text: words })),
  help: v.optional(v.object({ text: words })),
  helpUri: words,
  messageStrings: v.optional(v.record(v.string(), v.object({ text: words })), {}),
  defaultConfiguration: v.optional(v.object({ level: words })),
  properties,
});

const component = v.object({
  name: v.pipe(v.string(), v.minLength(1)),
  guid: words,
  version: words,
  semanticVersion: words,
  rules: v.optional(v.array(rule), []),
});

const toolComponent = v.optional(v.object({ index, guid: words, name: words }));

const notifications = v.optional(v.array(v.object({ level: words })), []);
const anything = v.optional(v.unknown());

const result = v.object({
  ruleId: words,
  ruleIndex: index,
  rule: v.optional(v.object({ id: words, guid: words, index, toolComponent })),
  kind: v.optional(v.string(), 'fail'),
  level: words,
  baselineState: words,
  message,
  provenance: v.optional(v.object({ invocationIndex: index })),
  locations: v.optional(
    v.array(
      v.object({
        physicalLocation: v.optional(v.object({ artifactLocation: v.optional(v.object({ uri: words, index })) })),
        logicalLocations: v.optional(v.array(v.object({ name: words, fullyQualifiedName: words })), []),
      }),
    ),
    [],
  ),
  suppressions: v.optional(v.array(v.object({ status: words })), []),
  properties,
});

/** SARIF 2.1.0, as far as a finding is made of it. */
export const sarifLog = v.object({
  version: v.literal('2.1.0'),
  runs: v.pipe(
    v.array(
      v.object({
        tool: v.object({ driver: component, extensions: v.optional(v.array(component), []) }),
        invocations: v.optional(
          v.array(
            v.object({
              executionSuccessful: v.boolean(),
              toolExecutionNotifications: notifications,
              toolConfigurationNotifications: notifications,
              ruleConfigurationOverrides: v.optional(
                v.array(
                  v.object({
                    configuration: v.optional(v.object({ level: words }), {}),
                    descriptor: v.optional(v.object({ id: words, index, guid: words, toolComponent }), {}),
                  }),
                ),
                [],
              ),
            }),
          ),
          [],
        ),
        artifacts: v.optional(v.array(v.object({ location: v.optional(v.object({ uri: words })) })), []),
        // Absent in a run that did not come to look (SARIF 3.14.23).
        results: v.array(result),
        // What a run keeps in other files is not in this one (3.14.2).
        externalPropertyFileReferences: v.optional(
          v.object({
            results: anything,
            driver: anything,
            extensions: anything,
            invocations: anything,
            artifacts: anything,
          }),
          {},
        ),
        properties,
      }),
    ),
    v.minLength(1),
  ),
  inlineExternalProperties: v.optional(v.array(v.unknown()), []),
});

export type SarifRun = v.InferOutput<typeof sarifLog>['runs'][number];
export type SarifResult = SarifRun['results'][number];
export type SarifRule = v.InferOutput<typeof rule>;
