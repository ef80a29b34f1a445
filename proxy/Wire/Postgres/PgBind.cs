using System.Buffers;

namespace JitProxy.Wire.Postgres;

/// <summary>
/// Bind ('B'). Layout: portal, NUL, statement, NUL, count (2) and parameter formats (2 each), count (2) and parameters (length 4,
/// bytes), count (2) and result formats (2 each).
/// </summary>
/// <remarks>Valid as long as the bytes it was parsed from.</remarks>
public readonly ref struct PgBind
{
    private readonly ReadOnlySpan<byte> _arguments;

    private PgBind(
        ReadOnlySpan<byte> portal,
        ReadOnlySpan<byte> statement,
        ReadOnlySpan<byte> arguments,
        PgFormatList parameterFormats,
        PgValueList parameters,
        PgFormatList resultFormats)
    {
        Portal = portal;
        Statement = statement;
        _arguments = arguments;
        ParameterFormats = parameterFormats;
        Parameters = parameters;
        ResultFormats = resultFormats;
    }

    /// <summary>The portal's name; empty for the unnamed one.</summary>
    public ReadOnlySpan<byte> Portal { get; }

    /// <summary>The name of the prepared statement; empty for the unnamed one.</summary>
    public ReadOnlySpan<byte> Statement { get; }

    /// <summary>Formats of the parameters: none, one, or as many as there are parameters.</summary>
    public PgFormatList ParameterFormats { get; }

    /// <summary>The parameters' values.</summary>
    public PgValueList Parameters { get; }

    /// <summary>The formats asked for; whether their count fits the columns only the server can tell.</summary>
    public PgFormatList ResultFormats { get; }

    /// <summary>Reads a body; false if it is malformed, or gives neither none, nor one, nor each of the parameters a format.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out PgBind message)
    {
        message = default;
        var cursor = new ByteCursor(body);
        if (!cursor.TryReadCString(out var portal) || !cursor.TryReadCString(out var statement))
            return false;

        var arguments = cursor.Rest;
        if (!PgFormatList.TryRead(ref cursor, out var parameterFormats) || !PgValueList.TryRead(ref cursor, out var parameters)
            || !PgFormatList.TryRead(ref cursor, out var resultFormats) || !cursor.IsAtEnd)
        {
            return false;
        }

        if (parameterFormats.Count > 1 && parameterFormats.Count != parameters.Count)
            return false;

        message = new PgBind(portal, statement, arguments, parameterFormats, parameters, resultFormats);
        return true;
    }

    /// <summary>Writes this message for another portal and statement. The rest was checked to the last byte and has one encoding only.</summary>
    public void WriteAs(IBufferWriter<byte> output, ReadOnlySpan<byte> portal, ReadOnlySpan<byte> statement)
    {
        var size = PgMessageWriter.SizeOf(portal) + PgMessageWriter.SizeOf(statement) + _arguments.Length;
        var writer = new PgMessageWriter(output, (byte)PgClientTag.Bind, size);
        writer.CString(portal);
        writer.CString(statement);
        writer.Bytes(_arguments);
        writer.Finish();
    }

    /// <summary>Writes the message.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="portal">The portal's name; empty for the unnamed one.</param>
    /// <param name="statement">The statement's name; empty for the unnamed one.</param>
    /// <param name="parameterFormats">None (all text), one for all, or one for each.</param>
    /// <param name="parameters">The values; null for SQL NULL; at most 65,535.</param>
    /// <param name="resultFormats">None (all text), one for all, or one for each column.</param>
    public static void Write(
        IBufferWriter<byte> output,
        ReadOnlySpan<byte> portal,
        ReadOnlySpan<byte> statement,
        ReadOnlySpan<short> parameterFormats,
        ReadOnlySpan<ReadOnlyMemory<byte>?> parameters,
        ReadOnlySpan<short> resultFormats)
    {
        var size = PgMessageWriter.SizeOf(portal) + PgMessageWriter.SizeOf(statement) + (3 * sizeof(ushort))
            + (((long)parameterFormats.Length + resultFormats.Length) * sizeof(short)) + PgMessageWriter.SizeOf(parameters);
        var writer = new PgMessageWriter(output, (byte)PgClientTag.Bind, size);
        writer.CString(portal);
        writer.CString(statement);
        writer.Count(parameterFormats.Length);
        foreach (var format in parameterFormats)
            writer.Int16(format);

        writer.Count(parameters.Length);
        foreach (var value in parameters)
            writer.Value(value);

        writer.Count(resultFormats.Length);
        foreach (var format in resultFormats)
            writer.Int16(format);

        writer.Finish();
    }
}
