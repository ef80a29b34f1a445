using JitProxy.Storage.Tests.Audit;

// The test runner does not come through here: a test starts this program to kill it, and people to fill a store.
return args switch
{
    [AuditChild.Verb, var path] => AuditChild.Run(path),
    [TrailSeed.Verb, var path, var records, var grants] => TrailSeed.Run(path, records, grants),
    [PageFigures.Verb, var path] => PageFigures.Run(path),
    _ => 2,
};
