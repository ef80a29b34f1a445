using System.Collections.Immutable;
using JitProxy.Server.Results;

namespace JitProxy.Server.Export;

/// <summary>Where an export goes.</summary>
internal interface IExportTarget
{
    /// <summary>The columns are known; bytes follow.</summary>
    ValueTask BeginAsync(ImmutableArray<ResultField> fields);

    /// <summary>Takes the next bytes of the file; it is asked for more when it has.</summary>
    /// <param name="bytes">The bytes, until this completes.</param>
    /// <param name="rows">Rows so far.</param>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, long rows);
}
