using System.Globalization;
using System.Text;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>What the modelled server does for one text.</summary>
internal sealed record ModelAnswer
{
    public PgColumnSpec[] Columns { get; init; } = [];

    public ReadOnlyMemory<byte>?[][] Rows { get; init; } = [];

    /// <summary>Messages ahead of the rows: notices and the like.</summary>
    public byte[][] Before { get; init; } = [];

    public string? Tag { get; init; }

    public string? ParseError { get; init; }

    public string? BindError { get; init; }

    /// <summary>The error that Execute ends with, after its rows.</summary>
    public string? Error { get; init; }

    public char? StatusAfter { get; init; }

    public bool EndsTransaction { get; init; }

    public bool ForgetsAll { get; init; }

    /// <summary>A result; columns as <c>name:type</c> or <c>name:type:relation:attribute</c>, separated by blanks; rows with values separated by commas.</summary>
    public static ModelAnswer Table(string columns, params string[] rows) => new()
    {
        Columns = [.. columns.Split(' ').Select(Column)],
        Rows = [.. rows.Select(r => r.Split(',').Select(v => (ReadOnlyMemory<byte>?)Encoding.UTF8.GetBytes(v)).ToArray())],
    };

    private static PgColumnSpec Column(string text)
    {
        var parts = text.Split(':');
        var relation = parts.Length > 2 ? uint.Parse(parts[2], CultureInfo.InvariantCulture) : 0;
        var attribute = parts.Length > 3 ? short.Parse(parts[3], CultureInfo.InvariantCulture) : (short)0;
        return new(Encoding.UTF8.GetBytes(parts[0]), uint.Parse(parts[1], CultureInfo.InvariantCulture), -1, relation, attribute);
    }
}
