namespace JitProxy.Server.Configuration;

/// <summary>One thing that is wrong with a configuration file.</summary>
/// <param name="File">The file, as the user named it.</param>
/// <param name="Line">From 1; 0 when the file could not be read at all.</param>
/// <param name="Column">From 1, in characters; 0 when the file could not be read at all.</param>
/// <param name="Message">What is wrong and what would be right, for people.</param>
internal readonly record struct ConfigurationFault(string File, int Line, int Column, string Message)
{
    /// <summary>`file:line:column: message`.</summary>
    public override string ToString() => Line == 0 ? $"{File}: {Message}" : $"{File}:{Line}:{Column}: {Message}";
}
