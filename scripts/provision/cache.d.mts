/** The folder that holds every part; shared by all checkouts of one user unless the variable says otherwise. */
export function cacheRoot(env?: NodeJS.ProcessEnv): string;
