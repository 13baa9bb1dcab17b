import { type Environment, interpolate } from '../discover/interpolate.ts';
import { referenceOrNone } from '../discover/stated.ts';
import { lineOf } from '../dockerfile/places.ts';
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

/** The images that services run without building them; undefined where the file is no YAML. */
export function imagesIn(text: string, env: Environment): readonly ComposeImage[] | undefined {
  const scalars = yamlScalars(text);
  if (scalars === undefined) return undefined;
  const built = new Set(
    scalars.flatMap(({ path: [top, name = '', key] }) => (top === 'services' && key === 'build' ? [name] : [])),
  );
  return scalars.flatMap((scalar) => {
    const [top, service = '', key, ...further] = scalar.path;
    if (top !== 'services' || key !== 'image' || further.length > 0 || built.has(service)) return [];
    const expanded = interpolate(scalar.value, env);
    const reference = referenceOrNone(expanded);
    if (reference === undefined) return [];
    const platform = scalars.find(
      ({ path }) => path.join('\0') === ['services', service, 'platform'].join('\0'),
    )?.value;
    const line = lineOf(text, scalar.start);
    return [
      { service, reference, line, platform: parsePlatform(interpolate(platform ?? '', env)), scalar, expanded, env },
    ];
  });
}
