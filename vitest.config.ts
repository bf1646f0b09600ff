import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/faults/**'], // npm run test:faults
    // Two processes: the tests start real services beside themselves, and small machines have two cores.
    maxWorkers: 2,
    globalSetup: 'test/compile-cache.ts',
    testTimeout: 45_000,
    hookTimeout: 60_000,
  },
})
