/** Layers that engines agree on, in the short form of layers.ts, the lowest first; those that none can unpack have no `files`. */
interface Shape {
  readonly layers: readonly (readonly string[])[];
  /** What stands there then; a link with where it leads. */
  readonly files?: readonly string[];
}

const link = ['real/', 'real/a', 'ln -> real'];

export const layerShapes: Readonly<Record<string, Shape>> = {
  'file-below-lower-link': { layers: [link, ['ln/x']], files: ['ln/', 'ln/x', 'real/', 'real/a'] },
  'folder-over-lower-link': { layers: [link, ['ln/', 'ln/x']], files: ['ln/', 'ln/x', 'real/', 'real/a'] },
  'whiteout-below-lower-link': { layers: [link, ['-ln/a']], files: ['ln/', 'real/', 'real/a'] },
  'opaque-over-lower-link': { layers: [link, ['-ln/*', 'ln/b']], files: ['ln/', 'ln/b', 'real/', 'real/a'] },
  'deleted-over-lower-link': { layers: [link, ['ln/x'], ['-ln']], files: ['real/', 'real/a'] },
  'file-below-own-link': {
    layers: [['a'], ['real/', 'ln -> real', 'ln/x']],
    files: ['a', 'ln -> real', 'real/', 'real/x'],
  },
  'file-below-own-absolute-link': {
    layers: [['a'], ['real/', 'ln -> /real', 'ln/x']],
    files: ['a', 'ln -> /real', 'real/', 'real/x'],
  },
  'whiteout-then-folder': {
    layers: [
      ['d/', 'd/a'],
      ['-d', 'd/', 'd/b'],
    ],
    files: ['d/', 'd/a', 'd/b'],
  },
  'folder-then-whiteout': {
    layers: [
      ['d/', 'd/a'],
      ['d/', 'd/b', '-d'],
    ],
  },
  'whiteout-then-unlisted-folder': {
    layers: [
      ['d/', 'd/a'],
      ['-d', 'd/b'],
    ],
  },
  'unlisted-folder-then-whiteout': {
    layers: [
      ['d/', 'd/a'],
      ['d/b', '-d'],
    ],
  },
  'whiteout-then-file': { layers: [['d'], ['-d', 'd']], files: ['d'] },
  'file-then-whiteout': { layers: [['d'], ['d', '-d']] },
  'whiteout-then-link': { layers: [['d'], ['-d', 'd -> e']], files: ['d -> e'] },
  'opaque-first': {
    layers: [
      ['d/', 'd/a'],
      ['d/', '-d/*', 'd/b'],
    ],
    files: ['d/', 'd/b'],
  },
  'opaque-last': {
    layers: [
      ['d/', 'd/a'],
      ['d/', 'd/b', '-d/*'],
    ],
    files: ['d/', 'd/b'],
  },
  'opaque-of-unlisted-folder': {
    layers: [
      ['d/', 'd/a'],
      ['-d/*', 'd/b'],
    ],
    files: ['d/', 'd/b'],
  },
  'opaque-top': {
    layers: [
      ['a', 'd/', 'd/b'],
      ['-/*', 'c'],
    ],
    files: ['a', 'c', 'd/', 'd/b'],
  },
  'hard-link-to-lower-layer': { layers: [['a'], ['b => a']] },
  'hard-link-to-what-comes-later': { layers: [['a'], ['c => b', 'b']] },
  'hard-link-of-its-own': { layers: [['a'], ['b', 'c => b']], files: ['a', 'b', 'c'] },
  'file-over-folder': { layers: [['d/', 'd/a'], ['d']], files: ['d'] },
  'link-over-folder': { layers: [['d/', 'd/a'], ['d -> e']], files: ['d -> e'] },
  'folder-over-file': { layers: [['d'], ['d/', 'd/a']], files: ['d/', 'd/a'] },
  'unlisted-folder-over-file': { layers: [['d'], ['d/a']], files: ['d/', 'd/a'] },
  'whiteout-of-nothing': { layers: [['a'], ['-z', '-q/z']], files: ['a', 'q/'] },
};

/** Shapes on which engines differ: what one of them cannot unpack is for this tool nothing that can be unpacked. */
export const disputedShapes: typeof layerShapes = {
  'file-below-own-link-to-nothing': { layers: [['real/'], ['ln -> real', 'ln/x']] },
  'whiteout-below-whiteout': {
    layers: [
      ['d/', 'd/a'],
      ['-d', '-d/a'],
    ],
  },
};
