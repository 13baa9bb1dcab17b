import { debianLayer, debianPackages } from '../../testing/debian.ts';
import { type Image, type ImageIndex, type Layer, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';

/** The platforms of every image of these tests. */
export const architectures = ['amd64', 'arm64'] as const;

export type Version = 'v1' | 'v2';

/** The two bases, each as it was and as it is: `debian` is what runs, `tools` is what a build stage needs. */
export type Bases = Readonly<Record<'debian' | 'tools', Readonly<Record<Version, ImageIndex>>>>;

/** Makes the bases, every platform with a layer of its own. */
export async function makeBases(): Promise<Bases> {
  const made = async (name: 'debian' | 'tools', version: Version) =>
    makeIndex(await Promise.all(architectures.map((architecture) => platformOf(name, version, architecture))));
  const [debian1, debian2, tools1, tools2] = await Promise.all([
    made('debian', 'v1'),
    made('debian', 'v2'),
    made('tools', 'v1'),
    made('tools', 'v2'),
  ]);
  return { debian: { v1: debian1, v2: debian2 }, tools: { v1: tools1, v2: tools2 } };
}

async function platformOf(name: string, version: Version, architecture: string): Promise<Image> {
  const own = await makeLayer({ [`opt/${name}-${architecture}`]: version });
  return makeImage({
    layers: [await debianLayer(debianPackages[version]), own],
    platform: { os: 'linux', architecture },
    config: { Env: ['PATH=/usr/bin:/bin'] },
    created: version === 'v1' ? '2026-08-01T00:00:00Z' : '2026-11-01T00:00:00Z',
  });
}

/** The platform images of an index. */
export function platformsIn(index: ImageIndex): readonly Image[] {
  return index.entries.filter((entry) => entry.kind === 'manifest');
}

/** The layer that an image puts on its base. */
export function appLayer(name: string): Promise<Layer> {
  return makeLayer({ 'srv/': { directory: true }, [`srv/${name}`]: name });
}
