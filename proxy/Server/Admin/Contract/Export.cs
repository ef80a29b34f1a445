using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace JitProxy.Server.Admin.Contract;

/// <summary>What to export.</summary>
/// <param name="Format">csv, json, sql or xlsx.</param>
/// <param name="Database">One of the grant's databases; may be left out when it has only one.</param>
/// <param name="Table">The table that INSERT statements name; null for the one that the rows come from.</param>
/// <param name="Held">SHA-256 of each piece that the caller holds of an earlier try, one behind the other, in base64; null for none.</param>
internal sealed record ExportBody(string? Format, string? Database = null, string? Table = null, string? Held = null);

/// <summary>The beginning of an export.</summary>
/// <param name="Columns">The columns.</param>
internal sealed record ExportHead(ImmutableArray<RunColumn> Columns);

/// <summary>How far an export is.</summary>
/// <param name="Rows">Rows so far.</param>
/// <param name="Bytes">Bytes of the file so far, those that the caller held already included.</param>
internal sealed record ExportProgress(long Rows, long Bytes);

/// <summary>How an export ended.</summary>
internal sealed record ExportEnd
{
    /// <summary>Rows in the file.</summary>
    public long Rows { get; init; }

    /// <summary>Bytes of the file.</summary>
    public long Bytes { get; init; }

    /// <summary>SHA-256 of the file, as the audit trail has it; null unless it is complete.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Sha256 { get; init; }

    /// <summary>What stopped it; null when it is complete.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Error { get; init; }

    /// <summary>Why.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Detail { get; init; }

    /// <summary>What to do next.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Hint { get; init; }
}

/// <summary>The pieces by which what a caller holds is compared with what it is sent.</summary>
internal static class ExportPieces
{
    /// <summary>Bytes of a piece.</summary>
    public const int Size = 1 << 20;
}
