import manifest from '../package.json' with { type: 'json' };

/** The version of this program. */
export const version: string = manifest.version;
/** The name under which the configuration file is looked for in the folder of the repository. */
export const configFileName = '.base-image-refresh.yml';

/** The names that the configuration file may have. */
export const configFileNames = [configFileName, '.base-image-refresh.yaml'] as const;
