/** Programs of a cluster that admit or refuse pods; core/admission/controllers.ts has what is written for each. */
export const admissionControllers = ['kyverno', 'policy-controller', 'ratify'] as const;
export type AdmissionControllerName = (typeof admissionControllers)[number];

/** What the command `admission` prints. */
export interface AdmissionSettings {
  readonly controller: AdmissionControllerName;
  /** File of the public key or certificate that is trusted, absolute; absent where the configuration says whom it is. */
  readonly key?: string;
}
