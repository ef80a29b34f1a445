using JitProxy.Storage.Audit;

namespace JitProxy.Server.Record;

/// <summary>An execution that the trail has accepted, and its tally.</summary>
internal readonly record struct BegunExecution(Execution Execution, Running Running);
