using System.Collections.Immutable;
using System.Text;
using JitProxy.Policy.Sql;
using JitProxy.Server.Results;

namespace JitProxy.Server.Export;

/// <summary>INSERT statements, a hundred rows each, in the dialect of the server that the rows come from.</summary>
/// <remarks>
/// The settings that decide what a literal means come first. Nothing of the data is outside of a literal or a quoted name, so that no value can become a
/// statement where the file is run.
/// </remarks>
internal sealed class SqlFormat : RowFormat
{
    private const int RowsPerStatement = 100;

    private readonly ImmutableArray<ResultField> _fields;
    private readonly ExportBuffer _output;
    private readonly bool _isPostgres;
    private readonly byte[] _insert;
    private int _rows;

    /// <summary>Writes into a table.</summary>
    public SqlFormat(ImmutableArray<ResultField> fields, SqlDialect dialect, string table, ExportBuffer output)
    {
        (_fields, _output, _isPostgres) = (fields, output, dialect == SqlDialect.PostgreSql);
        _insert = Encoding.UTF8.GetBytes($"INSERT INTO {Name(table)} ({string.Join(", ", UniqueNames(fields).Select(Name))}) VALUES\n");
    }

    /// <inheritdoc/>
    public override ValueTask<string?> BeginAsync()
    {
        _output.Write(_isPostgres
            ? "SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n"u8
            : "SET NAMES utf8mb4;\nSET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO';\n"u8);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask<string?> AddAsync(ResultRow row)
    {
        if (_rows % RowsPerStatement == 0)
        {
            _output.Write(_rows > 0 ? ";\n"u8 : default);
            _output.Write(_insert);
        }
        else
        {
            _output.Write(",\n"u8);
        }

        _rows = _rows == RowsPerStatement ? 1 : _rows + 1;
        _output.Write("("u8);
        for (var i = 0; i < row.Count; i++)
        {
            if (i > 0)
                _output.Write(", "u8);

            WriteValue(row, i);
        }

        _output.Write(")"u8);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask EndAsync()
    {
        if (_rows > 0)
            _output.Write(";\n"u8);

        return default;
    }

    private void WriteValue(ResultRow row, int index)
    {
        var value = row[index];
        if (row.IsNull(index))
        {
            _output.Write("NULL"u8);
            return;
        }

        switch (_fields[index].Kind)
        {
            case ValueKind.Integer or ValueKind.Decimal or ValueKind.Float when NumberText.TryRead(value, out var number):
                _output.Write(number);
                break;
            case ValueKind.Boolean:
                _output.Write(value.SequenceEqual("t"u8) ? "true"u8 : "false"u8);
                break;
            case ValueKind.Bytes:
                _output.Write(Encoding.ASCII.GetBytes($"X'{Convert.ToHexString(value)}'"));
                break;
            default:
                WriteText(value);
                break;
        }
    }

    private void WriteText(ReadOnlySpan<byte> value)
    {
        _output.Write("'"u8);
        while (true)
        {
            var at = _isPostgres ? value.IndexOf((byte)'\'') : value.IndexOfAny((byte)'\'', (byte)'\\', (byte)0);
            if (at < 0)
                break;

            _output.Write(value[..at]);
            _output.Write(value[at] switch
            {
                (byte)'\'' => "''"u8,
                0 => "\\0"u8,
                _ => "\\\\"u8,
            });
            value = value[(at + 1)..];
        }

        _output.Write(value);
        _output.Write("'"u8);
    }

    private string Name(string name) =>
        _isPostgres ? $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";
}
