import type { Key, MappingShape } from '../settings/shape.ts';

/** Where the lock file is looked for in the folder of the repository. */
export const lockFileName = 'base-images.lock.json';

/** The form of base-images.lock.json. Checks and the JSON Schema are both made from it. */
export const lockFileShape: MappingShape = {
  kind: 'mapping',
  keys: {
    $schema: text('JSON Schema of this file, for editors.'),
    schemaVersion: {
      help: 'Version of this format: 1.',
      shape: { kind: 'value', input: { kind: 'number', from: 'repository', range: { minimum: 1, maximum: 99 } } },
      required: true,
    },
    images: {
      help: 'What each published image was built on.',
      required: true,
      shape: list({
        image: text('Release reference of the image, such as ghcr.io/acme/web:1.', true),
        digest: text('Published digest that the entry is about; by default whatever the reference names.'),
        bases: {
          help: 'Every base image that the build used, including those of build stages.',
          required: true,
          shape: list({
            reference: text('Base image as the Dockerfile names it, such as node:20-alpine.', true),
            digest: text('Digest that the build used, of the index or of a platform.', true),
          }),
        },
      }),
    },
  },
};

function list(keys: Readonly<Record<string, Key>>): Key['shape'] {
  return { kind: 'list', items: { kind: 'mapping', keys } };
}

function text(help: string, required?: true): Key {
  return {
    help,
    shape: { kind: 'value', input: { kind: 'string', from: 'repository' } },
    ...(required === undefined ? {} : { required }),
  };
}
