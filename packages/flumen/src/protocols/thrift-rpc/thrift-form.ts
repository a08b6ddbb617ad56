/** What rows are in {@link Part.writtenAs}: each a ThriftFlumeEvent with its end. */
export const thriftForm = { compact: 'ThriftFlumeEvent, compact', binary: 'ThriftFlumeEvent, binary' } as const
