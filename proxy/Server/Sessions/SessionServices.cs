using System.Collections.Immutable;
using JitProxy.Policy.Redaction;
using JitProxy.Policy.Sql;
using JitProxy.Server.Capture;
using JitProxy.Server.Decide;
using JitProxy.Server.Forward;
using JitProxy.Server.Record;
using JitProxy.Storage.Audit;

namespace JitProxy.Server.Sessions;

/// <summary>What every session shares.</summary>
/// <param name="Gate">Decides.</param>
/// <param name="Recorder">Records.</param>
/// <param name="Policies">The configuration in force.</param>
/// <param name="Catalogues">The names of each database.</param>
/// <param name="Watch">Looks after executions under way.</param>
/// <param name="Log">Where sessions say what operators may need.</param>
internal sealed record SessionServices(
    Gate Gate, Recorder Recorder, PolicySnapshots Policies, CatalogueCache Catalogues, ExecutionWatch Watch, SessionLog Log)
{
    /// <summary>
    /// Asks the server of a session whether views are what its catalogue says: gives what changed, as a clause, or null. Without an answer nothing that
    /// reads views passes.
    /// </summary>
    public Func<SessionIdentity, ImmutableArray<CatalogueRelation>, CancellationToken, Task<string?>> FindViewChange { get; init; } =
        static (_, _, _) => Task.FromResult<string?>("nobody can tell whether the views that it reads are what they were");

    /// <summary>Gives back the memory of sessions that rest.</summary>
    public RestCollector Rests { get; init; } = new(TimeProvider.System);

    /// <summary>An encoder of parameters for one session; it keeps nothing until it is told of which statement they are.</summary>
    public ParameterEncoder CreateParameters() => new(KeptAs.Omit, Recorder.Redactor.Key);
}
