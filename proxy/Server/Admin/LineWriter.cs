using System.Buffers;
using System.Text;
using System.Text.Json;
using JitProxy.Server.Admin.Contract;
using Microsoft.AspNetCore.Http;

namespace JitProxy.Server.Admin;

/// <summary>Writes lines, of JSON or text, to a response, in pieces of some size.</summary>
internal sealed class LineWriter(HttpContext context)
{
    private const int FlushSize = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _unsent = new();

    /// <summary>Adds a line, and sends what has piled up.</summary>
    public async ValueTask WriteAsync<T>(T value)
    {
        Append(value);
        if (_unsent.WrittenCount >= FlushSize)
            await FlushAsync();
    }

    /// <summary>Adds a line that has its end, and sends what has piled up.</summary>
    public async ValueTask WriteTextAsync(string line)
    {
        Append(line);
        if (_unsent.WrittenCount >= FlushSize)
            await FlushAsync();
    }

    /// <summary>Adds a text as it is.</summary>
    public void Append(string text) => Encoding.UTF8.GetBytes(text, _unsent);

    /// <summary>Sends everything.</summary>
    public async Task FlushAsync()
    {
        await context.Response.Body.WriteAsync(_unsent.WrittenMemory, context.RequestAborted);
        _unsent.ResetWrittenCount();
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private void Append<T>(T value)
    {
        _unsent.Write(JsonSerializer.SerializeToUtf8Bytes(value, AdminJson.Compact));
        _unsent.Write("\n"u8);
    }
}
