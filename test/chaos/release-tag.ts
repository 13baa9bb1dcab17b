/** The one tag of the image. */
export const releaseTag = '1';
