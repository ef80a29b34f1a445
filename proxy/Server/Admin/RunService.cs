using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using JitProxy.Policy.Grants;
using JitProxy.Server.Admin.Contract;
using JitProxy.Server.Results;

namespace JitProxy.Server.Admin;

/// <summary>Runs an approved statement for the command line: through a session like any other, over a connection inside the process.</summary>
internal sealed class RunService(ResultSessions sessions) : IRun
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<RunLine> RunAsync(Grant grant, string database, string client, [EnumeratorCancellation] CancellationToken stop)
    {
        var (run, fault) = await sessions.OpenAsync(grant, database, client, isExport: false, stop);
        if (run is null)
        {
            yield return new() { End = fault };
            yield break;
        }

        await using (run)
        {
            ResultStep step;
            while ((step = await run.NextAsync(stop)) != ResultStep.End)
            {
                yield return step == ResultStep.Row
                    ? new() { Row = Values(run.Row, run.Fields) }
                    : new() { Columns = [.. run.Fields.Select(static field => new RunColumn(field.Name, field.Mask))] };
            }

            yield return new() { End = run.End };
        }
    }

    private static ImmutableArray<string?> Values(ResultRow row, ImmutableArray<ResultField> fields)
    {
        var values = ImmutableArray.CreateBuilder<string?>(row.Count);
        for (var i = 0; i < row.Count; i++)
            values.Add(row.TextOf(i, fields[i].Kind));

        return values.MoveToImmutable();
    }
}
