import { type Environment, type Expansion, interpolate } from '../discover/interpolate.ts';
import { referenceOrNone } from '../discover/stated.ts';
import { linesOf } from '../dockerfile/places.ts';
import { type Platform, parsePlatform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import { type YamlScalar, yamlScalars } from './yaml-scalars.ts';

/** An image that a service runs and does not build. */
export interface ComposeImage {
  readonly service: string;
  readonly reference: Reference;
  readonly line: number;
  readonly platform: Platform | undefined;
  readonly scalar: YamlScalar;
  /** Its value with variables put in, and those variables. */
  readonly expanded: string;
  readonly env: Environment;
}

/** The images that services run and no file builds; undefined where the file is no YAML. */
export function imagesIn(
  text: string,
  env: Environment,
  expansion: Expansion,
  elsewhere: ReadonlySet<string> = new Set(),
): readonly ComposeImage[] | undefined {
  const scalars = yamlScalars(text);
  if (scalars === undefined) return undefined;
  const lineAt = linesOf(text);
  const here = scalars.flatMap(({ path: [top, name = '', key] }) =>
    top === 'services' && key === 'build' ? [name] : [],
  );
  const built = new Set([...elsewhere, ...here]);
  const platforms = new Map(
    scalars.flatMap(({ path: [top, name = '', key, ...further], value }) =>
      top === 'services' && key === 'platform' && further.length === 0 ? [[name, value] as const] : [],
    ),
  );
  return scalars.flatMap((scalar) => {
    const [top, service = '', key, ...further] = scalar.path;
    if (top !== 'services' || key !== 'image' || further.length > 0 || built.has(service)) return [];
    const expanded = interpolate(scalar.value, env, expansion);
    const reference = referenceOrNone(expanded);
    if (reference === undefined) return [];
    const platform = platforms.get(service);
    const line = lineAt(scalar.start);
    return [
      {
        service,
        reference,
        line,
        platform: parsePlatform(interpolate(platform ?? '', env, expansion)),
        scalar,
        expanded,
        env,
      },
    ];
  });
}
