import type { SarifResult, SarifRule, SarifRun } from './sarif-log.ts';

type Component = SarifRun['tool']['driver'];
type ComponentReference = NonNullable<SarifResult['rule']>['toolComponent'];

/** Finds the rule of a result, and the level of the two; made once for a run. */
export interface SarifRules {
  readonly ruleOf: (result: SarifResult) => SarifRule | undefined;
  readonly levelOf: (result: SarifResult, rule: SarifRule | undefined) => string;
}

/** The rules of a run's tool and its extensions (SARIF 3.27.5 to 3.27.7, 3.52, 3.54). */
export function sarifRules({ tool, invocations }: SarifRun): SarifRules {
  const { driver, extensions } = tool;
  const tables = new Map([driver, ...extensions].map((each) => [each, byNames(each)]));
  const ruleOf = (result: SarifResult): SarifRule | undefined => {
    const { ruleId, ruleIndex = -1, rule: said } = result;
    const component = componentOf(said?.toolComponent, driver, extensions);
    const index = ruleIndex >= 0 ? ruleIndex : (said?.index ?? -1);
    const indexed = index >= 0 ? component?.rules[index] : undefined;
    if (indexed !== undefined) return indexed;
    const names = [said?.guid, ruleId, said?.id, parentOf(ruleId), parentOf(said?.id)].filter(
      (name) => name !== undefined,
    );
    for (const table of component === undefined ? [] : [tables.get(component), ...tables.values()]) {
      const found = names.map((name) => table?.get(name)).find((each) => each !== undefined);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const overrides = invocations.map(({ ruleConfigurationOverrides }) => {
    const levels = new Map<string | number, string>();
    for (const { configuration, descriptor } of ruleConfigurationOverrides) {
      for (const key of [descriptor.id, descriptor.guid, descriptor.index]) {
        if (key !== undefined && key !== -1 && configuration.level !== undefined) levels.set(key, configuration.level);
      }
    }
    return levels;
  });
  // SARIF 3.27.10: the result's own, what the invocation made of its rule, the rule's default, and "warning".
  const levelOf = (result: SarifResult, rule: SarifRule | undefined): string => {
    const of = overrides[result.provenance?.invocationIndex ?? (overrides.length === 1 ? 0 : -1)];
    const keys = [rule?.id, rule?.guid, result.ruleId, result.ruleIndex].filter(
      (key) => key !== undefined && key !== '',
    );
    const overridden = keys.map((key) => of?.get(key ?? '')).find((level) => level !== undefined);
    return result.level ?? overridden ?? rule?.defaultConfiguration?.level ?? 'warning';
  };
  return { ruleOf, levelOf };
}

function byNames({ rules }: Component): ReadonlyMap<string, SarifRule> {
  const named = rules.toReversed().flatMap((rule) => [rule.id, rule.guid ?? ''].map((name) => [name, rule] as const));
  return new Map(named.filter(([name]) => name !== ''));
}

function componentOf(
  said: ComponentReference,
  driver: Component,
  extensions: readonly Component[],
): Component | undefined {
  if (said === undefined) return driver;
  if (said.index !== undefined && said.index >= 0) return extensions[said.index];
  return [driver, ...extensions].find(({ guid, name }) =>
    said.guid === undefined ? name === said.name : guid === said.guid,
  );
}

// A hierarchical id such as "A/b" may be one of rule "A" (SARIF 3.27.5).
function parentOf(id: string | undefined): string | undefined {
  const at = id?.lastIndexOf('/') ?? -1;
  return at > 0 ? id?.slice(0, at) : undefined;
}
